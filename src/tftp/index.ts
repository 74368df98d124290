/** TFTP: packets, transfers, server and client (Linux). */
export { type ClientSettings, fetchBytes, type ReadLimits, receiveFile, sendFile } from './client.ts';
export type { Observer, TransferEvent, TransferStatistics } from './events.ts';
export {
  type FileSink,
  type FileSource,
  MemoryWritableFile,
  memoryFile,
  memorySource,
  type ReadableFile,
  type RequestContext,
  type WritableFile,
} from './file.ts';
export { type FolderOptions, type FolderSinkOptions, folderSink, folderSource } from './folder.ts';
export { tftpMessage } from './messages.ts';
export { encodeNetascii, NetasciiDecoder } from './netascii.ts';
export {
  DEFAULT_FETCH_LIMIT_BYTES,
  fetchTftp,
  type RemoteFile,
  receiveTftp,
  sendTftp,
  serveTftp,
} from './node.ts';
export {
  acceptOptions,
  grantOptions,
  type OptionValues,
  parseOptions,
  printOptions,
  type TransferParameters,
} from './options.ts';
export { ERROR, type Mode, OPCODE, type Option, type Packet, readPacket, writePacket } from './packet.ts';
export { type BootLoaderProfile, PROFILES, type ProfileChoice, profileNames } from './profile.ts';
export { ReactorTransport } from './reactor-transport.ts';
export { TransferReporter } from './reporter.ts';
export { TftpServer } from './server.ts';
export { DEFAULT_SERVER_LIMITS, type ServerLimits, type ServerSettings } from './settings.ts';
export type { Rollover } from './transfer/block.ts';
export { newReceiver, stepReceiver } from './transfer/receiver.ts';
export { DEFAULT_RETRY_POLICY, type RetryPolicy } from './transfer/retry.ts';
export { newSender, stepSender } from './transfer/sender.ts';
export { type Endpoint, type Peer, printPeer, TFTP_PORT, type Transport } from './transport.ts';
export { parseTftpUrl, type TftpUrl } from './url.ts';
