#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

namespace rollcall::http {

using Labels = std::vector<std::pair<std::string, std::string>>;

// One scrape, put together from the numbers that the shards keep.
class MetricsText {
 public:
  void counter(std::string_view name, std::string_view help, double value, Labels labels = {});
  void gauge(std::string_view name, std::string_view help, double value, Labels labels = {});

  struct Bucket {
    double upper_bound;
    std::uint64_t cumulative_count;
  };
  void histogram(std::string_view name, std::string_view help, const std::vector<Bucket>& buckets,
                 double sum);

  std::string text() const;

 private:
  prometheus::ClientMetric& add(std::string_view name, std::string_view help,
                                prometheus::MetricType type, Labels labels);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace rollcall::http
