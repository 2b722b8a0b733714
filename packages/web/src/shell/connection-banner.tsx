import { useSocket } from "@parlor/react";
import { useDelayed } from "../ui/states";
import { useNetwork } from "./use-browser";

/** Floats over the pane and moves nothing. A hiccup of less than a second is nobody's business. */
export function ConnectionBanner() {
  const { state, isConnected, socket } = useSocket();
  const has_network = useNetwork();
  const troubled = !isConnected && (state.status !== "connecting" || state.failures > 0 || !has_network);
  const shown = useDelayed(troubled, 700);
  const over = state.status === "closed" || state.status === "refused";
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none absolute inset-x-0 top-[76px] z-20 flex justify-center px-4"
    >
      {shown && (
        <div
          data-testid="connection-banner"
          data-state={has_network ? state.status : "offline"}
          className="pointer-events-auto flex max-w-full animate-rise items-center gap-2.5 rounded-room border border-line bg-raised py-2 pr-3.5 pl-3 text-small shadow-float"
        >
          <span className={`size-2 shrink-0 rounded-full bg-caution ${over ? "" : "animate-breathe"}`} />
          <span>
            <span className="font-medium">Disconnected</span> — your messages will be sent when you are back
          </span>
          {!over && <span className="shrink-0 text-ink-quiet">{has_network ? "Reconnecting…" : "No network"}</span>}
          {over && (
            <button
              type="button"
              onClick={() => socket.connect()}
              className="rounded-soft px-1.5 font-medium text-accent-text hover:bg-hover"
            >
              Reconnect
            </button>
          )}
        </div>
      )}
    </div>
  );
}
