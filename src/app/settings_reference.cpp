#include "app/settings_reference.hpp"

#include "app/settings.hpp"

#include <string_view>

#include <fmt/format.h>

namespace rollcall::app {
namespace {

constexpr std::string_view kBegin = R"(# Configuration

Every setting, from the table that the program itself goes by: `rollcall print-config --markdown`
prints this page, and a test fails when it differs.

A setting comes from four places, of which the first one that has it counts:

1. a flag: `rollcall serve --help` lists them;
2. the environment: `server.listen` is `ROLLCALL_SERVER_LISTEN`; items of lists are separated by
   commas. Tables in double brackets have no variables;
3. the file of `--config`, in TOML;
4. the default.

A key that is not listed here is an error, told with its line and the nearest key that there is.
`rollcall check-config FILE` tells all that is wrong with a file, `rollcall print-config` prints
one of all settings in effect.

Durations are a whole number and a unit: `ms`, `s`, `m`, `h` or `d`. Sizes are a number of bytes,
or one with `KB`, `KiB`, `MB`, `MiB`, `GB` or `GiB`. A value that is *secret* is never printed; of
a URL with a password the password is left out.

On SIGHUP a server reads its file again for API keys, the keys of tokens, the gateway's secret,
allowed origins, trusted proxies, rosters and retention policies: a file with an error changes
nothing, and the log says what is wrong. All else takes a restart, and so do other settings of a
roster that is served already.
)";

std::string in_cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c;
  }
  return cell;
}

std::string row(const Setting& setting) {
  const std::string_view secrecy = setting.secrecy == Secrecy::whole      ? " (secret)"
                                   : setting.secrecy == Secrecy::password ? " (may hold a secret)"
                                                                          : "";
  return fmt::format("| `{}` | `{}` | {} | {}{} |\n", key_of(setting.path),
                     in_cell(format_value(setting)), values_of(setting),
                     in_cell(setting.description), secrecy);
}

std::string heading(std::string_view title) {
  return fmt::format("\n## {}\n", title);
}

constexpr std::string_view kColumns =
    "\n| key | default | values | |\n| --- | --- | --- | --- |\n";

template <typename Entry>
std::string listed(const ListedTable& table) {
  Entry defaults;
  std::string out = heading(fmt::format("[[{}]]", table.name));
  out += fmt::format("\n{}.\n{}", table.description, kColumns);
  for (const Setting& setting : settings_of(defaults)) out += row(setting);
  return out;
}

}  // namespace

std::string settings_reference() {
  std::string out(kBegin);
  Config defaults;
  std::string_view section;
  for (const Setting& setting : settings_of(defaults)) {
    if (section_of(setting.path) != section) {
      section = section_of(setting.path);
      out += heading(fmt::format("[{}]", section)) + std::string(kColumns);
    }
    out += row(setting);
  }
  return out + listed<RosterConfig>(kRosterTable) + listed<RefreshConfig>(kRefreshTable) +
         listed<RetentionConfig>(kRetentionTable);
}

}  // namespace rollcall::app
