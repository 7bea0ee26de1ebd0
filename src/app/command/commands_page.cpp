#include "app/command/command_line.hpp"
#include "app/command/manual_pages.hpp"
#include "app/command/roff.hpp"

#include <sstream>
#include <variant>
#include <vector>

namespace rollcall::app {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kEnd = R"(.SH EXIT STATUS
0 when all went well, 1 when it did not, 2 when the command line was not understood.
.B rollcall status
says by 1 that something is degraded, and by 2 that the server cannot be asked;
.B rollcall retention
by 3 that it was stopped before the end.
.SH SIGNALS
.TP
.BR SIGTERM ", " SIGINT
Drain: no new connections, open requests are answered, WebSockets are sent away over
.BR realtime.drain_spread .
A second one ends at once.
.TP
.B SIGHUP
Read the settings again; see
.BR rollcall.toml (5).
.SH ENVIRONMENT
.TP
.B ROLLCALL_...
Every setting: server.listen is ROLLCALL_SERVER_LISTEN.
.TP
.BR NOTIFY_SOCKET ", " WATCHDOG_USEC
As
.BR systemd.service (5)
sets them for a service of Type=notify: it is told of readiness, reloads and the drain, and its
watchdog is pinged while every thread's loop answers.
.SH FILES
.TP
.I /etc/rollcall/rollcall.toml
The settings of the service.
.TP
.I /var/lib/rollcall
The journal of the service, when it counts in memory.
.SH SEE ALSO
.BR rollcall.toml (5)
)";

std::string help_of(Words words) {
  words.push_back("--help");
  const Command command = parse_command_line(words, {});
  return std::get<Finished>(command).output;
}

// "  --config FILE   The settings file": the term, then what it means.
std::pair<std::string, std::string> table_row(const std::string& line) {
  const std::size_t begin = line.find_first_not_of(' ');
  const std::size_t gap = line.rfind("  ");
  if (gap == std::string::npos || gap < begin) return {line.substr(begin), ""};
  std::string term = line.substr(begin, line.find_last_not_of(' ', gap) + 1 - begin);
  const std::size_t inner = term.find("  ");
  if (inner != std::string::npos)
    term.erase(inner, term.find_first_not_of(' ', inner) - inner - 1);
  return {term, line.substr(gap + 2)};
}

// What --help prints of one command as a page says it; the commands below it are left to `below`.
class Section {
 public:
  explicit Section(Words words) : words_(std::move(words)) {}

  std::string text() {
    std::istringstream lines(help_of(words_));
    for (std::string line; std::getline(lines, line);) add(line);
    leave(Part::prose);
    return std::move(out_);
  }
  const Words& below() const { return below_; }

 private:
  enum class Part { prose, flags, commands, example };

  void add(const std::string& line) {
    if (line.starts_with("Usage: ")) {
      out_ += ".PP\n" + roff_bold(line.substr(7)) + "\n";
    } else if (line == "Options:" || line == "Positionals:") {
      leave(Part::flags);
    } else if (line == "Commands:") {
      leave(Part::commands);
    } else if (line.empty()) {
      leave(Part::prose);
      out_ += ".PP\n";
    } else if (part_ == Part::flags || part_ == Part::commands) {
      add_row(line);
    } else {
      leave(line.starts_with("  ") ? Part::example : Part::prose);
      out_ += roff(line) + "\n";
    }
  }

  void add_row(const std::string& line) {
    const auto [term, meaning] = table_row(line);
    if (part_ == Part::commands) {
      below_.push_back(term);
    } else if (term.starts_with("-h,")) {
      return;
    } else if (line.starts_with("   ")) {  // the meaning of a term that left it no room
      out_ += roff(term) + "\n";
    } else {
      out_ += ".TP\n" + roff_bold(term) + "\n" + roff(meaning) + (meaning.empty() ? "" : "\n");
    }
  }

  void leave(Part next) {
    if (part_ == next) return;
    if (part_ == Part::example) out_ += ".EE\n";
    if (next == Part::example) out_ += ".EX\n";
    part_ = next;
  }

  Words words_;
  Words below_;
  std::string out_;
  Part part_ = Part::prose;
};

void add_commands(const Words& above, const Words& names, std::string& out) {
  for (const std::string& name : names) {
    Words words = above;
    words.push_back(name);
    Section section(words);
    const std::string text = section.text();
    out += fmt::format(".SS rollcall {}\n", roff(fmt::format("{}", fmt::join(words, " "))));
    out += text;
    add_commands(words, section.below(), out);
  }
}

}  // namespace

std::string commands_page() {
  Section program({});
  const std::string text = program.text();
  std::string out = roff_head("rollcall", 1, "presence and realtime server");
  out += ".SH SYNOPSIS\n.B rollcall\n.I COMMAND\n.RI [ OPTION ]...\n.SH DESCRIPTION\n" + text;
  out += ".SH COMMANDS\n";
  add_commands({}, program.below(), out);
  return out + kEnd;
}

}  // namespace rollcall::app
