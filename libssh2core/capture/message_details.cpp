#include "libssh2core/capture/message_details.h"

#include <algorithm>

#include "libssh2core/capture/trace_values.h"

namespace ssh2core {

namespace {

/// Takes the last member, the raw details, out and puts `more` in its place.
void replace_last(TraceFields& fields, TraceFields more) {
  fields.pop_back();
  std::ranges::move(more, std::back_inserter(fields));
}

/// Fields of the details of one method or request.
template <class Details>
TraceFields read(ByteView details) {
  return trace_fields(decode_fields<Details>(details));
}
TraceFields read_nothing(ByteView details) {
  Reader(details).expect_end();
  return {};
}

struct DetailsRow {
  std::string_view name;
  TraceFields (*read)(ByteView details);
};

const DetailsRow* find_row(std::span<const DetailsRow> rows, std::string_view name) {
  const auto at = std::ranges::find(rows, name, &DetailsRow::name);
  return at == rows.end() ? nullptr : &*at;
}

/// As the row of `name` says; without one the raw bytes stay, unless there are none.
void expand_by(std::span<const DetailsRow> rows, std::string_view name, ByteView details,
               TraceFields& fields) {
  if (const DetailsRow* row = find_row(rows, name)) return replace_last(fields, row->read(details));
  if (details.empty()) fields.pop_back();
}

/// What is masked is looked at all the same: that it is a string, and that nothing follows.
void mask_string(TraceFields& fields, std::string_view name, Reader& r) {
  r.string();
  fields.push_back({std::string(name), {TraceValue::Masked{}}});
}

// --- Authentication ---

TraceFields read_password(ByteView details) {
  const auto password = decode_fields<PasswordDetails>(details);
  TraceFields fields{{"change", {password.change}}, {"password", {TraceValue::Masked{}}}};
  Reader r(password.new_password.bytes);
  if (password.change) mask_string(fields, "new_password", r);
  r.expect_end();
  return fields;
}

/// The last member is a Tail that holds a string where there is a signature, and nothing otherwise.
template <class Details>
TraceFields read_signed(ByteView details) {
  const auto message = decode_fields<Details>(details);
  TraceFields fields = trace_fields(message);
  fields.pop_back();
  Reader r(message.signature.bytes);
  if (message.has_signature) fields.push_back({"signature", trace_value(r.string())});
  r.expect_end();
  return fields;
}

constexpr DetailsRow kAuthMethods[] = {
    {"none", read_nothing},
    {"password", read_password},
    {"publickey", read_signed<PublicKeyDetails>},
    {"publickey-hostbound-v00@openssh.com", read_signed<HostBoundDetails>},
    {"hostbased", read<HostBasedDetails>},
    {"keyboard-interactive", read<InteractiveDetails>},
};

// --- Channels ---

struct SubsystemDetails {  // RFC 4254 section 6.5
  std::string_view name;
  static constexpr std::tuple kFields{Field{"subsystem_name", &SubsystemDetails::name}};
};
struct ExecDetails {  // RFC 4254 section 6.5
  std::string_view command;
  static constexpr std::tuple kFields{Field{"command", &ExecDetails::command}};
};
struct EnvDetails {  // RFC 4254 section 6.4
  std::string_view name, value;
  static constexpr std::tuple kFields{Field{"variable_name", &EnvDetails::name},
                                      Field{"variable_value", &EnvDetails::value}};
};
struct PtyDetails {  // RFC 4254 section 6.2
  std::string_view term;
  std::uint32_t columns = 0, rows = 0, width = 0, height = 0;
  ByteView modes;
  static constexpr std::tuple kFields{Field{"term", &PtyDetails::term},
                                      Field{"width_characters", &PtyDetails::columns},
                                      Field{"height_rows", &PtyDetails::rows},
                                      Field{"width_pixels", &PtyDetails::width},
                                      Field{"height_pixels", &PtyDetails::height},
                                      Field{"terminal_modes", &PtyDetails::modes}};
};
struct WindowChangeDetails {  // RFC 4254 section 6.7
  std::uint32_t columns = 0, rows = 0, width = 0, height = 0;
  static constexpr std::tuple kFields{Field{"width_columns", &WindowChangeDetails::columns},
                                      Field{"height_rows", &WindowChangeDetails::rows},
                                      Field{"width_pixels", &WindowChangeDetails::width},
                                      Field{"height_pixels", &WindowChangeDetails::height}};
};
struct SignalDetails {  // RFC 4254 section 6.9
  std::string_view name;
  static constexpr std::tuple kFields{Field{"signal_name", &SignalDetails::name}};
};
struct ExitSignalDetails {  // RFC 4254 section 6.10
  std::string_view name;
  bool core_dumped = false;
  std::string_view message, language;
  static constexpr std::tuple kFields{Field{"signal_name", &ExitSignalDetails::name},
                                      Field{"core_dumped", &ExitSignalDetails::core_dumped},
                                      Field{"error_message", &ExitSignalDetails::message},
                                      Field{"language", &ExitSignalDetails::language}};
};

constexpr DetailsRow kChannelRequests[] = {
    {"subsystem", read<SubsystemDetails>},
    {"exec", read<ExecDetails>},
    {"shell", read_nothing},
    {"env", read<EnvDetails>},
    {"pty-req", read<PtyDetails>},
    {"window-change", read<WindowChangeDetails>},
    {"signal", read<SignalDetails>},
    {"exit-status", read<ExitStatusDetails>},
    {"exit-signal", read<ExitSignalDetails>},
};

// --- Global requests ---

/// Strings up to the end.
TraceFields read_host_keys(ByteView details) {
  TraceValue::List keys;
  for (Reader r(details); r.remaining() != 0;) keys.push_back(trace_value(r.string()));
  return {{"hostkeys", {std::move(keys)}}};
}

struct ForwardDetails {  // RFC 4254 section 7.1
  std::string_view address;
  std::uint32_t port = 0;
  static constexpr std::tuple kFields{Field{"address_to_bind", &ForwardDetails::address},
                                      Field{"port_number_to_bind", &ForwardDetails::port}};
};

constexpr DetailsRow kGlobalRequests[] = {
    {"hostkeys-00@openssh.com", read_host_keys},
    {"hostkeys-prove-00@openssh.com", read_host_keys},
    {"tcpip-forward", read<ForwardDetails>},
    {"cancel-tcpip-forward", read<ForwardDetails>},
};

}  // namespace

void expand_details(const UserAuthRequest& message, TraceFields& fields) {
  const DetailsRow* row = find_row(kAuthMethods, message.method);
  // A method that we do not know may well send a password.
  if (row == nullptr)
    fields.back().value = {TraceValue::Masked{}};
  else
    replace_last(fields, row->read(message.details.bytes));
}

void expand_details(const UserAuthInfoRequest& message, TraceFields& fields) {
  Reader r(message.prompts.bytes);
  TraceValue::List prompts;
  for (std::uint32_t i = 0; i < message.count; ++i) {
    std::string prompt(r.text());
    prompts.push_back({TraceFields{{"prompt", {std::move(prompt)}}, {"echo", {r.boolean()}}}});
  }
  r.expect_end();
  fields.back().value = {std::move(prompts)};
}

void expand_details(const UserAuthInfoResponse& message, TraceFields& fields) {
  Reader r(message.responses.bytes);
  for (std::uint32_t i = 0; i < message.count; ++i) r.string();
  r.expect_end();
  fields.back().value = {TraceValue::Masked{}};
}

void expand_details(const ExtInfo& message, TraceFields& fields) {
  Reader r(message.extensions.bytes);
  TraceValue::List extensions;
  for (std::uint32_t i = 0; i < message.count; ++i) {
    std::string name(r.text());
    // server-sig-algs is longer than what is shown of data, and text (RFC 8308 section 3).
    const bool is_text = name == "server-sig-algs";
    const ByteView value = r.string();
    extensions.push_back(
        {TraceFields{{"name", {std::move(name)}},
                     {"value", is_text ? trace_value(as_text(value)) : trace_value(value)}}});
  }
  r.expect_end();
  fields.back().value = {std::move(extensions)};
}

void expand_details(const GlobalRequest& message, TraceFields& fields) {
  expand_by(kGlobalRequests, message.request, message.details.bytes, fields);
}
void expand_details(const RequestSuccess& message, TraceFields& fields) {
  expand_by({}, {}, message.details.bytes, fields);
}
void expand_details(const ChannelOpen& message, TraceFields& fields) {
  expand_by({}, {}, message.details.bytes, fields);
}
void expand_details(const ChannelOpenConfirmation& message, TraceFields& fields) {
  expand_by({}, {}, message.details.bytes, fields);
}
void expand_details(const ChannelRequest& message, TraceFields& fields) {
  expand_by(kChannelRequests, message.request, message.details.bytes, fields);
}

}  // namespace ssh2core
