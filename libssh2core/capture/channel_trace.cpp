#include "libssh2core/capture/channel_trace.h"

#include <algorithm>

#include "libssh2core/connection/messages.h"

namespace ssh2core {

ChannelTrace::Channel* ChannelTrace::find(Way way, std::uint32_t recipient) {
  for (Channel& channel : channels_)
    if (channel.number[index_of(way)] == recipient) return &channel;
  return nullptr;
}

void ChannelTrace::open(Way way, std::uint32_t sender) {
  if (channels_.size() >= kMostChannels) {
    TraceMessage message = empty_message(way, Layer::Connection);
    message.error = "too many channels: what this one carries is not decoded";
    return emit_(std::move(message));
  }
  channels_.emplace_back().number[index_of(other_way(way))] = sender;
}

void ChannelTrace::confirm(Way way, std::uint32_t recipient, std::uint32_t sender) {
  if (Channel* channel = find(way, recipient)) channel->number[index_of(other_way(way))] = sender;
}

void ChannelTrace::close(Way way, std::uint32_t recipient) {
  Channel* channel = find(way, recipient);
  if (channel == nullptr) return;
  channel->closed[index_of(way)] = true;
  if (channel->closed[0] && channel->closed[1]) remove(*channel);
}

void ChannelTrace::remove(const Channel& channel) {
  const auto at =
      std::ranges::find_if(channels_, [&](const Channel& one) { return &one == &channel; });
  if (at->sftp) at->sftp->end();
  channels_.erase(at);
}

void ChannelTrace::on_message(Way way, ByteView payload) {
  switch (payload[0]) {
    case ChannelOpen::kId:
      return open(way, decode<ChannelOpen>(payload).sender);
    case ChannelOpenConfirmation::kId: {
      const auto message = decode<ChannelOpenConfirmation>(payload);
      return confirm(way, message.recipient, message.sender);
    }
    case ChannelOpenFailure::kId:
      if (const Channel* channel = find(way, decode<ChannelOpenFailure>(payload).recipient))
        remove(*channel);
      return;
    case ChannelRequest::kId: {
      const auto message = decode<ChannelRequest>(payload);
      if (message.request != "subsystem" || way != Way::ToServer) return;
      Channel* channel = find(way, message.recipient);
      const bool is_sftp = Reader(message.details.bytes).text() == "sftp";
      if (channel != nullptr && is_sftp && !channel->sftp) channel->sftp.emplace(emit_);
      return;
    }
    case ChannelData::kId: {
      const auto message = decode<ChannelData>(payload);
      Channel* channel = find(way, message.recipient);
      if (channel != nullptr && channel->sftp) channel->sftp->feed(way, message.data);
      return;
    }
    case ChannelClose::kId:
      return close(way, decode<ChannelClose>(payload).recipient);
    default:
      return;
  }
}

void ChannelTrace::end() {
  while (!channels_.empty()) remove(channels_.front());
}

}  // namespace ssh2core
