// Counts its arguments and prints them sorted.
#include <iostream>
#include <map>
#include <string>

int main(int argc, char **argv) {
  std::map<std::string, int> count;
  for (int i = 1; i < argc; i++) count[argv[i]]++;
  for (const auto &[word, n] : count) std::cout << n << ' ' << word << '\n';
}
