{# Hosts of the autoscaling group are let in by their name; everybody else waits for a person. #}
{% if data.act == 'pend' and data.id.startswith('auto-') %}
accept_{{ data.id }}:
  wheel.key.accept:
    - match: {{ data.id }}
{% endif %}
