#include "base/log.hpp"

#include "base/time.hpp"

#include <array>
#include <chrono>
#include <iterator>

#include <fmt/format.h>
#include <unistd.h>

namespace rollcall::base {
namespace {

constexpr std::array<std::string_view, 4> kNames{"debug", "info", "warn", "error"};

void append_escaped(std::string& line, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(line), "\\u{:04x}", byte);
    } else {
      line += c;
    }
  }
}

void append_quoted(std::string& line, std::string_view text) {
  line += '"';
  append_escaped(line, text);
  line += '"';
}

struct AppendValue {
  std::string& line;
  void operator()(std::string_view text) const { append_quoted(line, text); }
  void operator()(std::int64_t number) const { line += std::to_string(number); }
  void operator()(double number) const {
    fmt::format_to(std::back_inserter(line), "{:.3f}", number);
  }
  void operator()(bool flag) const { line += flag ? "true" : "false"; }
};

}  // namespace

Logger::Logger(int fd, LogLevel level, LogFormat format)
    : fd_(fd), level_(level), format_(format) {}

void Logger::debug(std::string_view event, LogFields fields) const {
  write(LogLevel::debug, event, fields);
}
void Logger::info(std::string_view event, LogFields fields) const {
  write(LogLevel::info, event, fields);
}
void Logger::warn(std::string_view event, LogFields fields) const {
  write(LogLevel::warn, event, fields);
}
void Logger::error(std::string_view event, LogFields fields) const {
  write(LogLevel::error, event, fields);
}

void Logger::write(LogLevel level, std::string_view event, LogFields fields) const {
  if (level < level_) return;
  const std::string time =
      format_rfc3339(std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()));
  const std::string_view name = kNames[static_cast<std::size_t>(level)];
  const bool json = format_ == LogFormat::json;
  std::string line = json ? fmt::format(R"({{"time":"{}","level":"{}","event":)", time, name)
                          : fmt::format("{} {:<5} ", time, name);
  json ? append_quoted(line, event) : append_escaped(line, event);
  for (const LogField& field : fields) {
    line += json ? "," : " ";
    if (json) append_quoted(line, field.key);
    if (!json) line += field.key;
    line += json ? ':' : '=';
    std::visit(AppendValue{line}, field.value);
  }
  line += json ? "}\n" : "\n";
  [[maybe_unused]] const auto written = ::write(fd_, line.data(), line.size());
}

}  // namespace rollcall::base
