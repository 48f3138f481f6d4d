"""Which file does which kind of job. Names only: their libraries are heavy, and the worker's parent stays light."""

JOB_MODULES = {
    kind: f"service.jobs.{kind}"
    for kind in (
        "backup",
        "check_backup",
        "compose_music",
        "edit_composition",
        "elsewhere_rounds",
        "embed_further",
        "embed_tracks",
        "find_twins",
        "hear_held",
        "import_history",
        "index_further",
        "rebuild_index",
        "render_scores",
        "scan_library",
        "standing_orders",
        "sync_elsewhere",
        "tidy",
        "train_ranker",
        "update_taste",
    )
} | {
    "invent_histories": "service.demo.invent_histories",
    "lay_out_music": "service.demo.lay_out_music",
}
