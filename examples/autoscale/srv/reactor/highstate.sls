{# The first thing that a new host does. `brine reactor check` notes that state.apply is Salt's: hosts of a Salt master have it. #}
highstate:
  local.state.apply:
    - tgt: {{ data.id }}
    - queue_ttl: 3600
