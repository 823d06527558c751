highstate:
  local.state.apply:
    - tgt: {{ data.id }}
    - queue_ttl: 3600
