// keytool: makes, reads and converts keys. Flags only; the work is in a file per subcommand.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "tools/common/exit_code.h"
#include "tools/common/version.h"
#include "tools/keytool/fingerprint.h"
#include "tools/keytool/generate.h"
#include "tools/keytool/passwd.h"

namespace {

using namespace ssh2core::tools;

constexpr const char* kAbout =
    "Examples:\n"
    "  keytool generate --type ed25519 -o host_key     a new host key, and host_key.pub\n"
    "  keytool fingerprint host_key.pub                 as ssh-keygen -l, of files of any kind\n"
    "  keytool passwd ann --file passwords             set ann's password in a password file\n"
    "  keytool passwd ann --passphrase-fd 0 < secret   print a line user:hash\n"
    "\n"
    "Makes keys and lines for password files, and says what is in files of keys.";

/// --passphrase-fd, --passphrase-file and --passphrase-env, of which one at most is given.
void add_secret_options(CLI::App& command, SecretSource& source) {
  auto* fd = command.add_option("--passphrase-fd", source.descriptor,
                                "Read the password from this descriptor, up to the line's end");
  fd->type_name("N")->check(CLI::Validator(CLI::NonNegativeNumber).description(""));
  auto* file = command.add_option("--passphrase-file", source.file,
                                  "Read the password from the first line of this file");
  file->type_name("FILE");
  auto* variable = command.add_option("--passphrase-env", source.variable,
                                      "Take the password from this environment variable");
  variable->type_name("NAME");
  fd->excludes(file)->excludes(variable);
  file->excludes(variable);
}

CLI::App& add_passwd(CLI::App& app, PasswdOptions& options) {
  CLI::App& command = *app.add_subcommand("passwd", "Make a line of a password file (argon2id)");
  command.footer("Without an option the password is asked for twice, on the terminal.");
  command.add_option("USER", options.user, "Name of the user")->required();
  command
      .add_option("--file", options.file,
                  "Add or replace the user's line in FILE instead of printing it")
      ->type_name("FILE");
  add_secret_options(command, options.source);
  return command;
}

CLI::App& add_generate(CLI::App& app, GenerateOptions& options) {
  CLI::App& command = *app.add_subcommand("generate", "Make a new private key");
  command.add_option("--type", options.type, "Kind of key")
      ->capture_default_str()
      ->check(CLI::IsMember({"ed25519"}));
  command
      .add_option("-o,--output", options.output, "The private key; FILE.pub gets the public one")
      ->type_name("FILE")
      ->required();
  command.add_option("--comment", options.comment, "Comment of the key")->type_name("TEXT");
  command.add_flag("--force", options.force, "Replace existing files");
  return command;
}

CLI::App& add_fingerprint(CLI::App& app, FingerprintOptions& options) {
  CLI::App& command = *app.add_subcommand("fingerprint", "Print the fingerprint of every key");
  command.footer(
      "Reads OpenSSH lines, authorized_keys, known_hosts, RFC 4716, certificates, PEM, PuTTY's "
      "files\nand private keys, any number in a file. What is no key is named on stderr by file "
      "and\nline; the rest goes on. Exit code: 0 all was read, 2 wrong usage, 3 something could "
      "not "
      "be\nread.");
  command.add_option("FILE", options.files, "Files; - for standard input")->required();
  command.add_option("--hash", options.hash, "The digest")
      ->capture_default_str()
      ->check(CLI::IsMember({"sha256", "md5", "sha1"}));
  command.add_flag("--randomart", options.randomart, "Draw each digest too, as ssh-keygen -lv");
  command.add_flag("--bubblebabble", options.bubblebabble,
                   "The SHA-1 in syllables instead, as ssh-keygen -B");
  const auto choose = [&](const char* flag, FingerprintOutput output, const char* help) {
    return command.add_flag_callback(flag, [&options, output] { options.output = output; }, help);
  };
  CLI::Option* json = choose("--json", FingerprintOutput::Json, "Print one JSON document");
  json->excludes(choose("--jsonl", FingerprintOutput::JsonLines,
                        "Print one JSON object a line, as the keys come"));
  return command;
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{kAbout, "keytool"};
  app.set_version_flag("--version", version_text("keytool"));
  app.require_subcommand(1);
  PasswdOptions passwd;
  GenerateOptions generate;
  FingerprintOptions fingerprint;
  const CLI::App& passwd_command = add_passwd(app, passwd);
  const CLI::App& generate_command = add_generate(app, generate);
  const CLI::App& fingerprint_command = add_fingerprint(app, fingerprint);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  if (fingerprint_command.parsed()) return run_fingerprint(fingerprint, stdout);
  std::string output;
  if (passwd_command.parsed()) output = run_passwd(passwd);
  if (generate_command.parsed()) output = run_generate(generate);
  fmt::print("{}", output);
  if (std::fflush(stdout) != 0) throw ExitError(kFailed, "cannot write to stdout");
  return kDone;
} catch (const ssh2core::tools::ExitError& error) {
  fmt::print(stderr, "keytool: {}\n", error.what());
  return error.code;
} catch (const std::exception& error) {
  fmt::print(stderr, "keytool: {}\n", error.what());
  return ssh2core::tools::kFailed;
}
