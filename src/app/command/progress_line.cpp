#include "app/command/progress_line.hpp"

#include <cstddef>
#include <iostream>

#include <sys/ioctl.h>
#include <unistd.h>

namespace rollcall::app {
namespace {

constexpr std::size_t kColumns = 80;  // of a terminal that does not tell
constexpr const char* kErase = "\r\x1b[K";

std::size_t columns() {
  winsize size{};
  const bool is_told = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_told ? size.ws_col : kColumns;
}

bool is_inside_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// A line that wraps could not be written over.
std::string cut(const std::string& text, std::size_t most) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_inside_character(text[i]) && characters++ == most) return text.substr(0, i);
  }
  return text;
}

}  // namespace

bool is_terminal(int descriptor) {
  return ::isatty(descriptor) == 1;
}

ProgressLine::ProgressLine() : is_terminal_(is_terminal(STDERR_FILENO)) {}

ProgressLine::~ProgressLine() {
  clear();
}

void ProgressLine::show(const std::string& text) {
  if (!is_terminal_) return;
  std::cerr << kErase << cut(text, columns() - 1) << std::flush;
  is_shown_ = true;
}

void ProgressLine::clear() {
  if (is_shown_) std::cerr << kErase << std::flush;
  is_shown_ = false;
}

bool Every::is_due(base::WallTime now) {
  if (now < next_) return false;
  next_ = now + interval_;
  return true;
}

}  // namespace rollcall::app
