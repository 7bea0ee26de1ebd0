// Writes the manual pages of the package into a folder.
#include "app/command/manual_pages.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

namespace {

bool write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file);
  out << text;
  out.close();
  if (!out) std::cerr << file << ": cannot be written\n";
  return !out.fail();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "one argument is needed: the folder\n";
    return 2;
  }
  const std::filesystem::path folder(argv[1]);
  const bool written = write(folder / "rollcall.1", rollcall::app::commands_page()) &&
                       write(folder / "rollcall.toml.5", rollcall::app::settings_page());
  return written ? 0 : 1;
}
