// The least that Go links: what matters of it is its headers.
package main

func main() { println("hello") }
