#include "app/manual_pages.hpp"
#include "app/roff.hpp"
#include "app/settings.hpp"

namespace rollcall::app {
namespace {

constexpr const char* kDescription = R"(.SH DESCRIPTION
The settings of
.BR rollcall (1),
in TOML. A file that leaves a setting out has its default. A key that is not listed here is an
error, told with its line and the nearest key that there is.
.PP
Flags beat the environment, which beats the file, which beats the defaults. The variable of a
setting is its path in capitals; items of lists are separated by commas there. Tables in double
brackets can be given any number of times, and have no variables.
.PP
Durations are a whole number and a unit: ms, s, m, h or d. Sizes are a number, or one with KB, KiB,
MB, MiB and so on.
.PP
.B rollcall check\-config
tells all that is wrong with a file;
.B rollcall print\-config
prints one of all settings.
.SH SETTINGS
)";

constexpr const char* kEnd = R"(.SH RELOADING
On SIGHUP
.RB ( "systemctl reload rollcall" )
a server reads its file again for API keys, the keys of tokens, origins, trusted proxies, rosters
and retention policies. A file with an error changes nothing, and is told in the log. Other
settings take a restart.
.SH FILES
.TP
.I /etc/rollcall/rollcall.toml
What the service reads.
.TP
.I /etc/rollcall/environment
Variables of the service, for URLs with a password; it need not exist.
.SH SEE ALSO
.BR rollcall (1)
)";

std::string paragraph(const Setting& setting) {
  return fmt::format(".TP\n{} = {}\n{}. Values: {}.\n", roff_bold(key_of(setting.path)),
                     roff(format_value(setting)), roff(setting.description),
                     roff(values_of(setting)));
}

template <typename Entry>
std::string listed(const ListedTable& table) {
  Entry defaults;
  std::string out = fmt::format(".SS [[{}]]\n{}.\n", table.name, roff(table.description));
  for (const Setting& setting : settings_of(defaults)) out += paragraph(setting);
  return out;
}

}  // namespace

std::string settings_page() {
  std::string out = roff_head("rollcall.toml", 5, "settings of the rollcall server");
  out += kDescription;
  Config defaults;
  std::string_view section;
  for (const Setting& setting : settings_of(defaults)) {
    if (section_of(setting.path) != section) {
      section = section_of(setting.path);
      out += fmt::format(".SS [{}]\n", section);
    }
    out += paragraph(setting);
    out += fmt::format(".br\n{}\n", roff_bold(environment_name(setting.path)));
  }
  out += listed<RosterConfig>(kRosterTable) + listed<RefreshConfig>(kRefreshTable) +
         listed<RetentionConfig>(kRetentionTable);
  return out + kEnd;
}

}  // namespace rollcall::app
