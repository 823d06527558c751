{# The key of a machine that is gone. #}
{% if data.name.startswith('auto-') %}
forget_{{ data.name }}:
  wheel.key.delete:
    - match: {{ data.name }}
{% endif %}
