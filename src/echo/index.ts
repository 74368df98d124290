/** Echo servers and clients, and the lessons about epoll (Linux). */
export type { EchoClient } from './client.ts';
export { DatagramEchoClient } from './datagram-client.ts';
export { DatagramEchoServer, type DatagramServerOptions } from './datagram-server.ts';
export { addStatistics, type CloseReason, type EchoEvent, type EchoServer, type EchoStatistics } from './event.ts';
export { EchoGroup } from './group.ts';
export { LESSONS, lessonNames, runLesson } from './lesson/lessons.ts';
export type { Lesson, LessonStep } from './lesson/timeline.ts';
export { type Measurement, measure } from './measure.ts';
export * from './protocol.ts';
export { StreamEchoClient } from './stream-client.ts';
export { StreamEchoServer } from './stream-server.ts';
export type { StreamServerOptions } from './stream-server-options.ts';
