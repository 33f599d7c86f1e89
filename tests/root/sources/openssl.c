/* Says whether OpenSSL finds the certificate of CN=Probe Root at its default places. */
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>

int main(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	X509_NAME *name = X509_NAME_new();
	X509_STORE_CTX *store = X509_STORE_CTX_new();
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"Probe Root", -1, -1, 0);
	SSL_CTX_set_default_verify_paths(context);
	X509_STORE_CTX_init(store, SSL_CTX_get_cert_store(context), NULL, NULL);
	puts(X509_STORE_CTX_get_obj_by_subject(store, X509_LU_X509, name) ? "yes" : "no");
	return 0;
}
