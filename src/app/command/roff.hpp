#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace rollcall::app {

// Text as it stands, in the language of manual pages: for the middle or the beginning of a line.
inline std::string roff(std::string_view text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out += "\\&";
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";  // that of a keyboard, so that it can be copied
    } else {
      out += c;
    }
  }
  return out;
}

inline std::string roff_bold(std::string_view text) {
  return fmt::format("\\fB{}\\fR", roff(text));
}

// The head of a page: what it is about goes to the index of all pages.
inline std::string roff_head(std::string_view page, int section, std::string_view about) {
  return fmt::format(".TH {} {} \"\" \"rollcall {}\"\n.SH NAME\n{} \\- {}\n", page, section,
                     ROLLCALL_VERSION, page, roff(about));
}

}  // namespace rollcall::app
