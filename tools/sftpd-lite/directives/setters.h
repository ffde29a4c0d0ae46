// The functions behind the table of directives: each reads a directive's words and sets one thing.
// Not for users of the table.
#pragma once

#include "tools/sftpd-lite/directives/directives.h"

namespace ssh2core::tools {

// algorithms.cpp
Complaint set_auth_public_keys(Words names, Options& options);
Complaint set_ciphers(Words names, Options& options);
Complaint set_compression(Words words, Options& options);
Complaint set_dh_param_file(Words words, Options& options);
Complaint set_digests(Words names, Options& options);
Complaint set_host_keys(Words names, Options& options);
Complaint set_key_exchanges(Words names, Options& options);

// fips.cpp
Complaint set_use_fips(Words words, Options& options);

// auth.cpp
Complaint set_allow_empty_passwords(Words words, Options& options);
Complaint set_auth_methods(Words words, Options& options);
Complaint set_authorized_host_keys(Words words, Options& options);
Complaint set_authorized_user_keys(Words words, Options& options);
Complaint set_totp_file(Words words, Options& options);

// roots.cpp
Complaint set_default_chdir(Words words, Options& options);
Complaint set_default_root(Words words, Options& options);
Complaint set_sandbox(Words words, Options& options);

// accounts.cpp
Complaint set_auth_file_options(Words words, Options& options);
Complaint set_auth_group_file(Words words, Options& options);
Complaint set_auth_order(Words words, Options& options);
Complaint set_auth_pam(Words words, Options& options);
Complaint set_auth_pam_config(Words words, Options& options);
Complaint set_auth_user_file(Words words, Options& options);
Complaint set_pam_engine(Words words, Options& options);
Complaint set_pam_options(Words words, Options& options);
Complaint set_pam_service_name(Words words, Options& options);

// sources.cpp
Complaint set_allow_from(Words words, Options& options);
Complaint set_connection_penalty(Words words, Options& options);
Complaint set_deny_from(Words words, Options& options);
Complaint set_penalty_exempt_list(Words words, Options& options);
Complaint set_per_source_net_block_size(Words words, Options& options);
Complaint set_per_source_penalties(Words words, Options& options);
Complaint set_proxy_from(Words words, Options& options);

Complaint set_max_startups(Words words, Options& options);
Complaint set_per_source_max_startups(Words words, Options& options);

// surroundings.cpp
Complaint set_create_home(Words words, Options& options);
Complaint set_max_transfers_per_host(Words words, Options& options);
Complaint set_max_transfers_per_user(Words words, Options& options);
Complaint set_env(Words words, Options& options);
Complaint set_unset_env(Words words, Options& options);
Complaint set_use_reverse_dns(Words words, Options& options);
Complaint set_wtmp_log(Words words, Options& options);

// keys.cpp
Complaint set_host_certificate(Words words, Options& options);
Complaint set_key_blacklist(Words words, Options& options);
Complaint set_key_fingerprints(Words words, Options& options);
Complaint set_key_limits(Words words, Options& options);
Complaint set_revoked_keys(Words words, Options& options);
Complaint set_trusted_user_ca_keys(Words words, Options& options);

// limits.cpp
Complaint set_max_clients_per_host(Words words, Options& options);
Complaint set_max_command_rate(Words words, Options& options);
Complaint set_max_connection_rate(Words words, Options& options);
Complaint set_max_instances(Words words, Options& options);
Complaint set_rekey(Words words, Options& options);
Complaint set_timeout_idle(Words words, Options& options);
Complaint set_timeout_login(Words words, Options& options);
Complaint set_timeout_no_transfer(Words words, Options& options);
Complaint set_timeout_stalled(Words words, Options& options);
Complaint set_times_gmt(Words words, Options& options);

// file_policy.cpp
Complaint set_allow_overwrite(Words words, Options& options);
Complaint set_allow_retrieve_restart(Words words, Options& options);
Complaint set_allow_store_restart(Words words, Options& options);
Complaint set_delete_aborted_stores(Words words, Options& options);
Complaint set_dir_fake_group(Words words, Options& options);
Complaint set_dir_fake_mode(Words words, Options& options);
Complaint set_dir_fake_user(Words words, Options& options);
Complaint set_force_mode(Words words, Options& options);
Complaint set_group_owner(Words words, Options& options);
Complaint set_hidden_stores(Words words, Options& options);
Complaint set_hide_files(Words words, Options& options);
Complaint set_hide_group(Words words, Options& options);
Complaint set_hide_no_access(Words words, Options& options);
Complaint set_hide_user(Words words, Options& options);
Complaint set_max_retrieve_file_size(Words words, Options& options);
Complaint set_max_store_file_size(Words words, Options& options);
Complaint set_path_allow_filter(Words words, Options& options);
Complaint set_path_deny_filter(Words words, Options& options);
Complaint set_show_symlinks(Words words, Options& options);
Complaint set_transfer_rate(Words words, Options& options);
Complaint set_umask(Words words, Options& options);
Complaint set_user_owner(Words words, Options& options);

// file_session.cpp
Complaint set_allow_filter(Words words, Options& options);
Complaint set_deny_filter(Words words, Options& options);
Complaint set_drop_box(Words words, Options& options);
Complaint set_quota(Words words, Options& options);
Complaint set_quota_directory(Words words, Options& options);

// encoding.cpp
Complaint set_use_encoding(Words words, Options& options);

// login.cpp
Complaint set_display_banner(Words words, Options& options);
Complaint set_max_login_attempts(Words words, Options& options);
Complaint set_server_ident(Words words, Options& options);

// extensions.cpp
Complaint set_extensions(Words words, Options& options);

// options.cpp
Complaint set_options(Words words, Options& options);

// clients.cpp
Complaint set_client_match(Words words, Options& options);

// host_keys.cpp
Complaint set_host_key(Words words, Options& options);
Complaint set_pass_phrase_provider(Words words, Options& options);

// connection.cpp
Complaint set_accept_env(Words words, Options& options);
Complaint set_client_alive(Words words, Options& options);
Complaint set_traffic_policy(Words words, Options& options);

// hosts.cpp
Complaint set_crypto_device(Words words, Options& options);
Complaint set_default_address(Words words, Options& options);
Complaint set_engine(Words words, Options& options);
Complaint set_port(Words words, Options& options);
Complaint set_user(Words words, Options& options);

// access.cpp
Complaint set_display_login(Words words, Options& options);
Complaint set_max_channels(Words words, Options& options);
Complaint set_max_clients(Words words, Options& options);
Complaint set_max_clients_per_class(Words words, Options& options);
Complaint set_max_clients_per_user(Words words, Options& options);
Complaint set_max_hosts_per_user(Words words, Options& options);
Complaint set_protocols(Words words, Options& options);
Complaint set_use_globbing(Words words, Options& options);
Complaint set_require_valid_shell(Words words, Options& options);
Complaint set_root_login(Words words, Options& options);
Complaint set_timeout_session(Words words, Options& options);
Complaint set_use_ftpusers(Words words, Options& options);

// records.cpp
Complaint set_extended_log(Words words, Options& options);
Complaint set_log_format(Words words, Options& options);
Complaint set_server_admin(Words words, Options& options);
Complaint set_server_name(Words words, Options& options);
Complaint set_transfer_log(Words words, Options& options);

// logs.cpp
Complaint set_allow_log_symlinks(Words words, Options& options);
Complaint set_debug_level(Words words, Options& options);
Complaint set_log(Words words, Options& options);
Complaint set_syslog_facility(Words words, Options& options);
Complaint set_system_log(Words words, Options& options);
Complaint set_trace(Words words, Options& options);
Complaint set_trace_log(Words words, Options& options);

}  // namespace ssh2core::tools
