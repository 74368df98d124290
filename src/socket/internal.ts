/** The inner face of the room: what other rooms need, and programs do not. */
export { ADDRESS_SIZE_BYTES, addressFault, readAddress, writeAddress } from './address.ts';
export { MSG_DONTWAIT, MSG_NOSIGNAL, SOL_IP, SOL_IPV6, SOL_UDP, UDP_SEGMENT } from './constant.ts';
export { printIpv4, printIpv6 } from './ip.ts';
export { socketMessage } from './messages.ts';
