import type { ConnectionState, ParlorClient, ParlorState } from "@parlor/client";
import { useMemo } from "react";
import { useParlor } from "./context";
import { useSnapshot } from "./use-snapshot";

export interface SocketView {
  /** The client that holds the connection. */
  socket: ParlorClient;
  isConnected: boolean;
  state: ConnectionState;
}

const connection = (state: ParlorState) => state.connection;

export function useSocket(): SocketView {
  const socket = useParlor();
  const state = useSnapshot(connection);
  return useMemo(() => ({ socket, isConnected: state.status === "online", state }), [socket, state]);
}
