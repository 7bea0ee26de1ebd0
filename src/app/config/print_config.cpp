#include "app/config/print_config.hpp"

#include "app/config/quote.hpp"
#include "app/config/settings.hpp"

#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace rollcall::app {
namespace {

// "key = value" without the secret, if it holds one.
std::string assignment(const Setting& setting) {
  const std::string_view key = key_of(setting.path);
  const std::string text = format_text(setting);
  if (setting.secrecy == Secrecy::whole && !text.empty()) {
    return fmt::format("# {} is set, and not shown", key);
  }
  if (setting.secrecy == Secrecy::password && hides_password(text)) {
    return fmt::format("# {} = {} (set, with a password that is not shown)", key,
                       quoted(without_password(text)));
  }
  return fmt::format("{} = {}", key, format_value(setting));
}

std::string commented(std::string_view text) {
  return "# " + std::string(text) + "\n";
}

// With no entries the table is shown as a comment, with its defaults.
template <typename Entry>
std::string print_list(const ListedTable& table, const std::vector<Entry>& entries) {
  std::string out = "\n" + commented(std::string(table.description) + ".");
  if (entries.empty()) {
    Entry defaults;
    out += commented(fmt::format("[[{}]]", table.name));
    for (const Setting& setting : settings_of(defaults)) {
      out += commented(fmt::format("{}  # {}", assignment(setting), setting.description));
    }
    return out;
  }
  for (Entry entry : entries) {
    out += fmt::format("[[{}]]\n", table.name);
    for (const Setting& setting : settings_of(entry)) {
      out += fmt::format("{}  # {}\n", assignment(setting), setting.description);
    }
  }
  return out;
}

}  // namespace

std::string print_config(const Config& config) {
  Config shown = config;
  std::string out =
      "# The settings of rollcall. Each can be given by the environment too: server.listen is\n"
      "# ROLLCALL_SERVER_LISTEN; items of lists are separated by commas.\n";
  std::string_view section;
  for (const Setting& setting : settings_of(shown)) {
    if (section_of(setting.path) != section) {
      section = section_of(setting.path);
      out += fmt::format("\n[{}]\n", section);
    }
    out += commented(std::string(setting.description) + ".") + assignment(setting) + "\n";
  }
  out += print_list(kRosterTable, config.rosters);
  out += print_list(kRefreshTable, config.refreshes);
  out += print_list(kRetentionTable, config.retentions);
  return out;
}

}  // namespace rollcall::app
