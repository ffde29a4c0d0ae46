#include "libssh2core/tests/vectors.h"

#include <cctype>
#include <fstream>
#include <stdexcept>

namespace ssh2core {

namespace {
std::string trim(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r");
  return first == std::string::npos
             ? std::string()
             : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}
}  // namespace

std::string TestVector::text(const std::string& key) const {
  const auto at = values.find(key);
  if (at == values.end()) {
    ADD_FAILURE() << "vector at line " << line << " has no " << key;
    return {};
  }
  return at->second;
}

Bytes TestVector::hex(const std::string& key) const { return from_hex(text(key)); }

std::vector<TestVector> load_vectors(const std::string& file) {
  std::ifstream in(std::string(SSH2CORE_VECTORS) + "/" + file);
  if (!in) throw std::runtime_error("cannot read test vectors " + file);
  std::vector<TestVector> vectors;
  TestVector current;
  const auto finish = [&] {
    if (!current.values.empty()) vectors.push_back(current);
    current.values.clear();
  };
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    line = trim(line);
    if (line.starts_with('#')) continue;
    if (line.empty()) {
      finish();
    } else if (line.starts_with('[') && line.ends_with(']')) {
      finish();
      current.section = line.substr(1, line.size() - 2);
    } else {
      const auto equals = line.find('=');
      if (equals == std::string::npos)
        throw std::runtime_error(file + ":" + std::to_string(number) + ": no '='");
      if (current.values.empty()) current.line = number;
      current.values[trim(line.substr(0, equals))] = trim(line.substr(equals + 1));
    }
  }
  finish();
  if (vectors.empty()) throw std::runtime_error(file + " holds no vectors");
  return vectors;
}

std::string project_file(const std::string& path) {
  std::ifstream in(std::string(SSH2CORE_VECTORS) + "/../../../" + path);
  if (!in) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string vector_name(const testing::TestParamInfo<TestVector>& info) {
  std::string name = info.param.section + "_line_" + std::to_string(info.param.line);
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

Bytes from_hex(std::string_view text) {
  Bytes bytes;
  int high = -1;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) != 0) continue;
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0)
      throw std::runtime_error("not a hex digit: " + std::string(1, c));
    const int digit = c <= '9' ? c - '0' : std::tolower(static_cast<unsigned char>(c)) - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<std::uint8_t>(high * 16 + digit));
      high = -1;
    }
  }
  if (high >= 0) throw std::runtime_error("odd number of hex digits");
  return bytes;
}

}  // namespace ssh2core
