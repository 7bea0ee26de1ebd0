#pragma once

#include "base/time.hpp"

#include <string>

namespace rollcall::app {

// One line of standard error that is written over and over, if that is a terminal; else nothing.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const std::string& text);
  void clear();  // before other lines are written

 private:
  bool is_terminal_;
  bool is_shown_ = false;
};

// What happens often is told at most once in an interval.
class Every {
 public:
  explicit Every(base::Millis interval) : interval_(interval) {}

  // Whether it is time again; the first time it is.
  bool is_due(base::WallTime now);

 private:
  base::Millis interval_;
  base::WallTime next_{};
};

bool is_terminal(int descriptor);

}  // namespace rollcall::app
