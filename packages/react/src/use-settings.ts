import type { ParlorState, Settings } from "@parlor/client";
import { useMemo } from "react";
import { useParlor } from "./context";
import { useSnapshot } from "./use-snapshot";

export interface SettingsView {
  /** Absent until the first sync came through. */
  settings: Settings | undefined;
  /** What is absent stays as it is. */
  change(settings: Partial<Settings>): Promise<Settings>;
}

const select = (state: ParlorState) => state.settings;

/** Our own settings, on all of our devices alike. */
export function useSettings(): SettingsView {
  const client = useParlor();
  const settings = useSnapshot(select);
  return useMemo(
    () => ({ settings, change: (asked: Partial<Settings>) => client.changeSettings(asked) }),
    [client, settings],
  );
}
