{# The key of a machine that is gone. `brine reactor check` notes that the name is data: Brine takes a name there and no glob. #}
{% if data.name.startswith('auto-') %}
forget_{{ data.name }}:
  wheel.key.delete:
    - match: {{ data.name }}
{% endif %}
