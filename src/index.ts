/**
 * Where things are: what a program imports, and what for. Each entry stands by itself; those that need Node or Linux say so.
 *
 * @example
 * import { verifyFit } from 'bootwright/fit';
 */
export const entries = {
  'bootwright/boot': 'the whole chain: manifest, build, verify, serve, a device in software (Node)',
  'bootwright/trust': 'what vouches for what: nodes, checks, anchors, and what follows from them',
  'bootwright/inspect': 'any image as one tree of named byte ranges',
  'bootwright/fit': 'FIT images: build, sign, verify, lint, compare',
  'bootwright/fit/files': 'FIT images on disk, signed without loading them (Node)',
  'bootwright/fip': 'firmware image packages, their certificates and their chain of trust',
  'bootwright/fip/files': 'firmware image packages on disk (Node)',
  'bootwright/verity': 'dm-verity: format, verify, repair, sign the root hash, print the device table',
  'bootwright/verity/files': 'dm-verity over files of any size, on threads (Node)',
  'bootwright/uboot': 'a U-Boot binary: its device trees, and what its code can do',
  'bootwright/devicetree': 'device trees: compile, read, edit, check, print, apply overlays',
  'bootwright/devicetree/files':
    'device trees on disk: compile a source with its includes, read and write blobs (Node)',
  'bootwright/pki': 'keys, certificates, signed messages and signers',
  'bootwright/pki/files': 'key files, passphrases and PKCS#11 tokens (Node)',
  'bootwright/crypto': 'hashes, key pairs and signatures',
  'bootwright/tftp': 'TFTP: packets, transfers, server and client (Linux)',
  'bootwright/echo': 'echo servers and clients, and the lessons about epoll (Linux)',
  'bootwright/epoll': 'epoll, poll, select, and a reactor on them (Linux)',
  'bootwright/socket': 'datagram and stream sockets (Linux)',
  'bootwright/linux': 'system calls, errno, and descriptors that others opened (Linux)',
  'bootwright/binary': 'fixed layouts, cursors and byte sources',
  'bootwright/fault': 'every error: its code, its context, its message, its remedy',
} as const;
