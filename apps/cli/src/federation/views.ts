/** The federation API's JSON, as far as the commands look at it. */
export interface TransferView {
  readonly id: number;
  readonly image_id: string;
  readonly store_id: string;
  readonly asked_by: string;
  readonly class: string;
  readonly state: string;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly attempts: number;
  readonly bytes_total: number;
  readonly bytes_done: number;
  readonly created_at: string;
  readonly finished_at: string | null;
}

export interface TransferPage {
  readonly transfers: readonly TransferView[];
  readonly next: number | null;
}

export interface StoreView {
  readonly id: string;
  readonly region: string;
  readonly kind: string;
  readonly is_default: boolean;
  readonly read_only: boolean;
  readonly state: string;
  readonly state_reason: string | null;
}

export interface PendingView {
  readonly intents: number;
  readonly removals: number;
  readonly writing: number;
}

export interface RestoreView {
  readonly id: string;
  readonly status: string;
}

export interface StatusView {
  readonly regions: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly id: string; readonly role: string; readonly url: string }[];
    readonly stores: readonly StoreView[];
  }[];
  readonly transfers: Readonly<Record<string, number>>;
  readonly pending: PendingView;
}

export interface WhereView {
  readonly image: {
    readonly id: string;
    readonly name: string | null;
    readonly status: string;
    readonly size: number | null;
    readonly os_hash_value: string | null;
  };
  readonly cells: readonly {
    readonly store_id: string;
    readonly region: string;
    readonly store_state: string;
    readonly state: string;
    readonly proof: string | null;
    readonly proved_at: string | null;
    readonly asked_by: string | null;
    readonly transfer: TransferView | null;
    readonly reason: string | null;
    readonly remedy: string | null;
  }[];
}
