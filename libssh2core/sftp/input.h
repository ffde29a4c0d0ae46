// Requests out of the byte stream, which may be cut anywhere. A request that lies whole in a view
// is given out where it lies; only one that a cut runs through is gathered. The data of WRITE is
// never gathered.
#pragma once

#include "libssh2core/wire/buffer.h"

namespace ssh2core::sftp {

class RequestInput {
 public:
  /// What comes next.
  enum class Next {
    Nothing,    // more input is needed
    Request,    // packet() is a whole request
    WriteHead,  // packet() is a WRITE up to its data; data_left() bytes of data follow
    WriteData,  // data() is a piece of them
    Lost,       // the length field cannot be right: there is no next request
  };

  /// Looks for the next item in what was gathered and in `input`, of which it takes bytes only to
  /// gather them. Asking again changes nothing.
  Next peek(ByteView& input);
  /// Takes the item that peek() has just found (with the same `input`) out of the stream. Its views
  /// stay valid until the next peek(), and those into `input` as long as that.
  void take(ByteView& input);

  /// The item without its length field.
  ByteView packet() const { return packet_; }
  ByteView data() const { return data_; }
  /// Bytes of the current WRITE's data that were not yet taken.
  std::size_t data_left() const { return data_left_; }
  /// Gives back memory that a large request needed.
  void shrink();

 private:
  /// What the bytes of a request at hand say: with `bytes` of them there is an item.
  struct Needed {
    std::size_t bytes = 0;  // 0: the framing is lost
    bool write_head = false;
    std::size_t data = 0, surplus = 0;  // behind a write head
  };
  static Needed needed(ByteView start);
  Next found(Needed item, ByteView start, bool in_place);

  Buffer gathered_;
  bool gathered_taken_ = false;
  ByteView packet_, data_;
  Needed item_;
  bool in_place_ = false;
  Next next_ = Next::Nothing;
  std::size_t data_left_ = 0, skip_left_ = 0;
};

}  // namespace ssh2core::sftp
