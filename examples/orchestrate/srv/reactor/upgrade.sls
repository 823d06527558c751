{# The mods are written here; what the event says goes into the pillar, as data. #}
{% set waves = {'canary': ['orch.canary'], 'all': ['orch.canary', 'orch.fleet']} %}
{% for mods in waves.get(data.data.wave, []) %}
upgrade_{{ mods | replace('.', '_') }}:
  runner.state.orchestrate:
    - args:
      - mods: {{ mods }}
      - pillar:
          version: {{ data.data.version | yaml_dquote }}
          by: {{ data.id }}
{% endfor %}
