#pragma once

#include "app/config/config_draft.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace rollcall::app {

// Limits of the configuration file.
constexpr std::size_t kMaxFileBytes = 1024 * 1024;
constexpr std::size_t kMaxNestedValues = 16;  // arrays and inline tables within each other
constexpr std::size_t kMaxLineDots = 1000;    // a dot in a key is a table within a table

// Reads TOML into the draft: each setting that it gives replaces the draft's. Whatever is wrong is
// added to the draft's problems with the line and the column; `name` is the file's, for them.
void read_config_text(std::string_view text, std::string_view name, ConfigDraft& draft);

// The bytes of a file of at most kMaxFileBytes.
base::Result<std::string> read_file(const std::string& path);

// The first line that is neither empty nor a comment, of a file of API keys.
base::Result<std::string> first_key_in(const std::string& path);

}  // namespace rollcall::app
