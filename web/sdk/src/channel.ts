// Messages between the tabs of an origin. Without BroadcastChannel a tab is alone.
export interface Channel<Message> {
  post(message: Message): void;
  close(): void;
}

export function open_channel<Message>(
  name: string,
  on_message: (message: Message) => void,
): Channel<Message> {
  let open: BroadcastChannel;
  try {
    open = new BroadcastChannel(name);
  } catch {
    return { post() {}, close() {} };
  }
  let closed = false;
  open.onmessage = ({ data }) => closed || on_message(data as Message);
  // In Node a channel would keep the program running.
  (open as { unref?: () => void }).unref?.();
  return {
    post: (message) => void (closed || open.postMessage(message)),
    close() {
      closed = true;
      open.close();
    },
  };
}
