{# The first thing that a new host does. state.apply is a module of this project: it asks the Salt that is installed on the host. #}
highstate:
  local.state.apply:
    - tgt: {{ data.id }}
    - queue_ttl: 3600
