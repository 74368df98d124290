/** Datagram and stream sockets (Linux). */
export {
  type InternetAddress,
  internetAddress,
  parsePort,
  printAddress,
  type SocketAddress,
  sameAddress,
  type UnixAddress,
} from './address.ts';
export { DatagramBatch } from './batch.ts';
export { type BufferSlice, StreamBuffer } from './buffer.ts';
export { MAX_DATAGRAM, MAX_SEGMENTS } from './constant.ts';
export { type Datagram, type DatagramOptions, DatagramSocket, isPeerError } from './datagram.ts';
export { StreamListener } from './listener.ts';
export { pendingBytes, type SocketOptionName } from './option.ts';
export { OutputQueue } from './queue.ts';
export { type Family, Socket } from './socket.ts';
export { isConnectionError, type StreamOptions, StreamSocket } from './stream.ts';
export { StreamBatch } from './stream-batch.ts';
