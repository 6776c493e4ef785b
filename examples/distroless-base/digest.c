// Prints the SHA-256 digest of each argument.
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int size;
    if (!EVP_Digest(argv[i], strlen(argv[i]), sum, &size, EVP_sha256(), NULL)) return 1;
    for (unsigned int j = 0; j < size; j++) printf("%02x", sum[j]);
    printf("  %s\n", argv[i]);
  }
}
