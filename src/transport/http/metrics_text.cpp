#include "transport/http/metrics_text.hpp"

#include <algorithm>

#include <prometheus/text_serializer.h>

namespace rollcall::http {

prometheus::ClientMetric& MetricsText::add(std::string_view name, std::string_view help,
                                           prometheus::MetricType type, Labels labels) {
  auto family = std::ranges::find(families_, name, &prometheus::MetricFamily::name);
  if (family == families_.end()) {
    families_.push_back({std::string(name), std::string(help), type, {}});
    family = std::prev(families_.end());
  }
  prometheus::ClientMetric& metric = family->metric.emplace_back();
  for (auto& [key, value] : labels) metric.label.push_back({std::move(key), std::move(value)});
  return metric;
}

void MetricsText::counter(std::string_view name, std::string_view help, double value,
                          Labels labels) {
  add(name, help, prometheus::MetricType::Counter, std::move(labels)).counter.value = value;
}

void MetricsText::gauge(std::string_view name, std::string_view help, double value,
                        Labels labels) {
  add(name, help, prometheus::MetricType::Gauge, std::move(labels)).gauge.value = value;
}

void MetricsText::histogram(std::string_view name, std::string_view help,
                            const std::vector<Bucket>& buckets, double sum) {
  auto& histogram = add(name, help, prometheus::MetricType::Histogram, {}).histogram;
  for (const Bucket& bucket : buckets) {
    histogram.bucket.push_back({bucket.cumulative_count, bucket.upper_bound});
  }
  histogram.sample_count = buckets.empty() ? 0 : buckets.back().cumulative_count;
  histogram.sample_sum = sum;
}

std::string MetricsText::text() const {
  return prometheus::TextSerializer().Serialize(families_);
}

}  // namespace rollcall::http
