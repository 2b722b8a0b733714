export { ParlorProvider, type ParlorProviderProps, useParlor } from "./context";
export { type BlockedView, useBlocked } from "./use-blocked";
export { type ChatView, useChat } from "./use-chat";
export { type ConversationsView, useConversations } from "./use-conversations";
export { type ParticipantsView, useParticipants } from "./use-participants";
export { type ReceiptsView, useReceipts } from "./use-receipts";
export { type SettingsView, useSettings } from "./use-settings";
export { useSnapshot } from "./use-snapshot";
export { type SocketView, useSocket } from "./use-socket";
