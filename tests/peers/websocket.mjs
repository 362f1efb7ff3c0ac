// @medplum/core expects WebSocket among the globals, which node has only from version 22 on.
import { WebSocket } from 'ws';

globalThis.WebSocket ??= WebSocket;
