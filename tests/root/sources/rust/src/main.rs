//! Says whether one thing that crates look for is found: probe WHAT.

fn answer(found: bool) {
    println!("{}", if found { "yes" } else { "no" });
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("certificates") => answer(!rustls_native_certs::load_native_certs().certs.is_empty()),
        Some("temporary") => answer(tempfile::NamedTempFile::new().is_ok()),
        Some("local") => {
            let moment = chrono::DateTime::from_timestamp(0, 0).unwrap();
            println!("{}", moment.with_timezone(&chrono::Local).format("%z"));
        }
        _ => std::process::exit(2),
    }
}
