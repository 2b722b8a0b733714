import type { ParlorClient } from "@parlor/client";
import { act, cleanup, render, renderHook, screen } from "@testing-library/react";
import { type ReactNode, StrictMode } from "react";
import { afterEach, describe, expect, it } from "vitest";
import { conversationOf, FakeTransport, messageNew, messageOf, setUp, syncOf } from "../../client/test/fakes";
import { ParlorProvider, useChat, useConversations, useParlor, useSocket } from "../src/index";

afterEach(cleanup);

/** In StrictMode, so that every effect runs twice. */
function within(client: ParlorClient) {
  return ({ children }: { children: ReactNode }) => (
    <StrictMode>
      <ParlorProvider client={client}>{children}</ParlorProvider>
    </StrictMode>
  );
}

async function bringOnline(transport: FakeTransport, unread = 0) {
  await act(() => transport.online());
  const conversation = conversationOf({ head: { seq: 2, rev: 2 }, unread });
  await act(() => transport.call("sync").answer(syncOf(1, [conversation])));
}

describe("ParlorProvider", () => {
  it("connects while mounted, StrictMode included, and disconnects afterwards", async () => {
    const { client, transport } = setUp();
    const view = renderHook(() => useSocket(), { wrapper: within(client) });
    expect(view.result.current.state.status).toBe("connecting");
    await act(() => transport.online());
    expect(view.result.current).toMatchObject({ isConnected: true, socket: client });
    view.unmount();
    expect(client.getSnapshot().connection.status).toBe("closed");
  });

  it("makes its own client from options, once", () => {
    const transport = new FakeTransport();
    const seen = new Set<ParlorClient>();
    const Probe = () => {
      seen.add(useParlor());
      return null;
    };
    const options = { transport, user: { id: "ada" } };
    const view = render(
      <ParlorProvider options={options}>
        <Probe />
      </ParlorProvider>,
    );
    view.rerender(
      <ParlorProvider options={{ ...options }}>
        <Probe />
      </ParlorProvider>,
    );
    expect(seen.size).toBe(1);
    expect(transport.handlers).toBeDefined();
  });

  it("is needed: a hook outside says so", () => {
    expect(() => renderHook(() => useParlor())).toThrow("useParlor needs a <ParlorProvider> around it");
  });
});

describe("useConversations", () => {
  it("lists conversations with their unread counts once they are there", async () => {
    const { client, transport } = setUp();
    const { result } = renderHook(() => useConversations(), { wrapper: within(client) });
    expect(result.current).toMatchObject({ conversations: [], isLoading: true });
    await bringOnline(transport, 2);
    expect(result.current).toMatchObject({ unreadTotal: 2, isLoading: false });
    await act(() => transport.deliver(messageNew(3)));
    expect(result.current.unreadTotal).toBe(3);
    expect(result.current.conversations[0]?.conversation.last_message?.id).toBe("m3");
  });

  it("renders only when something of it changed", async () => {
    const { client, transport } = setUp();
    let renders = 0;
    const Probe = () => {
      useConversations();
      renders++;
      return null;
    };
    render(
      <ParlorProvider client={client}>
        <Probe />
      </ParlorProvider>,
    );
    await bringOnline(transport);
    const before = renders;
    await act(() => transport.lose());
    expect(renders).toBe(before);
  });
});

describe("useChat", () => {
  function Chat() {
    const { messages, send, state } = useChat("c");
    return (
      <div data-testid="chat" data-state={state}>
        {messages.map(({ id, body, delivery }) => (
          <p key={id}>{`${body} (${delivery})`}</p>
        ))}
        <button type="button" onClick={() => send("mine")}>
          send
        </button>
      </div>
    );
  }

  it("loads, receives and sends", async () => {
    const { client, transport } = setUp();
    render(<Chat />, { wrapper: within(client) });
    expect(screen.getByTestId("chat").dataset.state).toBe("loading");
    await bringOnline(transport);
    await act(() => transport.call("message:list").answer({ items: [messageOf(2), messageOf(1)] }));
    expect(screen.getByTestId("chat").dataset.state).toBe("ready");
    await act(() => transport.deliver(messageNew(3)));
    act(() => screen.getByText("send").click());
    const lines = () => screen.getAllByText(/\(/).map((line) => line.textContent);
    expect(lines()).toEqual(["message 1 (sent)", "message 2 (sent)", "message 3 (sent)", "mine (sending)"]);
    const call = transport.call("message:send");
    const message = messageOf(4, { id: call.request.id ?? "", body: "mine", sender_id: "ada" });
    await act(() => call.answer({ message }));
    expect(lines().at(-1)).toBe("mine (sent)");
  });

  it("knows the difference between not yet and not at all", async () => {
    const { client, transport } = setUp();
    const { result } = renderHook(() => useChat("elsewhere"), { wrapper: within(client) });
    expect(result.current.state).toBe("loading");
    await bringOnline(transport);
    expect(result.current.state).toBe("missing");
  });

  it("leaves nothing behind: no subscription, no watched conversation", async () => {
    const { client, transport } = setUp();
    let subscribers = 0;
    const subscribe = client.subscribe;
    Object.assign(client, {
      subscribe: (listener: () => void) => {
        subscribers++;
        const off = subscribe(listener);
        return () => {
          subscribers--;
          off();
        };
      },
    });
    const view = render(<Chat />, { wrapper: within(client) });
    await bringOnline(transport);
    expect(subscribers).toBeGreaterThan(0);
    view.unmount();
    expect(subscribers).toBe(0);

    client.connect();
    await act(() => transport.online());
    await act(() => transport.call("sync").answer(syncOf(1)));
    expect(transport.waiting("message:list")).toBe(0);
  });
});
