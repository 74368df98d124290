#!/bin/sh
# Made these files, once, with OpenSSL 3.0: keys, certificates and signatures of the root hash in `root-hash`.
set -eu
cd "$(dirname "$0")"
openssl req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -out rsa.crt -subj /CN=verity/O=Ünïcode -days 36500
openssl ecparam -genkey -name prime256v1 -noout -out ec.key
openssl req -x509 -new -key ec.key -out ec.crt -subj /CN=verity-ec -days 36500
openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.crt -subj /CN=other -days 36500
printf e522df0f97da4febb882ac40f30b37dc0b444bf6df418929463fa25280f09d5c > root-hash
make() { name=$1 key=$2; shift 2; openssl smime -sign -binary -outform der -signer "$key.crt" -inkey "$key.key" -out "$name.p7s" "$@"; }
plain="-nocerts -noattr"
make rsa rsa $plain -in root-hash
make ec ec $plain -in root-hash
make sha512 rsa $plain -md sha512 -in root-hash
make other other $plain -in root-hash
make attributes rsa -nocerts -in root-hash
make embedded rsa $plain -nodetach -in root-hash
make certificates rsa -noattr -in root-hash
(cat root-hash; echo) > line; make newline rsa $plain -in line
tr a-f A-F < root-hash > line; make upper rsa $plain -in line
xxd -r -p root-hash > line; make binary rsa $plain -in line
rm line
