// Messages on their way: kept in this browser tab until the server has them, so that a reload sends them again
// with the same id, which the server counts once.
const key = (conversation) => `sportello.outbox.${conversation}`;

function read(conversation) {
  try {
    return JSON.parse(sessionStorage.getItem(key(conversation))) ?? [];
  } catch {
    return [];
  }
}

function write(conversation, messages) {
  try {
    if (messages.length) sessionStorage.setItem(key(conversation), JSON.stringify(messages));
    else sessionStorage.removeItem(key(conversation));
  } catch {
    // Without storage a reload in the second of sending shows the message as not sent.
  }
}

export const waitingFor = read;

export function keep(conversation, message) {
  write(conversation, [...read(conversation).filter((kept) => kept.id !== message.id), message]);
}

export function release(conversation, id) {
  write(conversation, read(conversation).filter((kept) => kept.id !== id));
}
