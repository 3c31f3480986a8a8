{* The storage of a client. Variables: see Overview::forClient(). *}
{if $coffer.unavailable}
    <div class="alert alert-warning">Your storage cannot be shown at present. Please try again later.</div>
{else}
    <h3>Storage</h3>
    <p>{$coffer.used|escape}{if $coffer.percent !== null} of {$coffer.quota|escape}{/if}</p>
    {if $coffer.percent !== null}
        <div class="progress"><div class="progress-bar" style="width: {$coffer.percent|escape}%">{$coffer.percent|escape}%</div></div>
    {/if}

    <h3>Access keys</h3>
    <table class="table">
        <thead><tr><th>Access key</th><th>Secret key</th></tr></thead>
        <tbody>
        {foreach $coffer.keys as $key}
            <tr><td><code>{$key.id|escape}</code></td><td><code>{$key.secret|escape}</code></td></tr>
        {foreachelse}
            <tr><td colspan="2">There are no keys.</td></tr>
        {/foreach}
        </tbody>
    </table>

    <h3>Buckets</h3>
    <table class="table">
        <thead><tr><th>Name</th><th>Size</th></tr></thead>
        <tbody>
        {foreach $coffer.buckets as $bucket}
            <tr><td>{$bucket.name|escape}</td><td>{$bucket.size|escape}</td></tr>
        {foreachelse}
            <tr><td colspan="2">There are no buckets.</td></tr>
        {/foreach}
        </tbody>
    </table>
{/if}
