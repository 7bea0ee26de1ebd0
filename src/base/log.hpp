#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace rollcall::base {

enum class LogLevel { debug, info, warn, error, off };
enum class LogFormat { text, json };

struct LogField {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, bool v) : key(k), value(v) {}
  LogField(std::string_view k, double v) : key(k), value(v) {}
  template <std::integral T>
  LogField(std::string_view k, T v) : key(k), value(static_cast<std::int64_t>(v)) {}
};

using LogFields = std::initializer_list<LogField>;

// One line an event, as one write(2), so that lines of several threads never mix. Control
// characters are escaped: no caller can forge a line. Callers never pass a secret.
class Logger {
 public:
  explicit Logger(int fd = 2, LogLevel level = LogLevel::info, LogFormat format = LogFormat::text);

  void debug(std::string_view event, LogFields fields = {}) const;
  void info(std::string_view event, LogFields fields = {}) const;
  void warn(std::string_view event, LogFields fields = {}) const;
  void error(std::string_view event, LogFields fields = {}) const;

 private:
  void write(LogLevel level, std::string_view event, LogFields fields) const;

  int fd_;
  LogLevel level_;
  LogFormat format_;
};

}  // namespace rollcall::base
