using System.Collections;

namespace Rondo.Delivery.Processes;

/// <summary>
/// What a program that is not ours may see of the server's environment: where to find programs, packages and the way out. Nothing
/// else is passed on, so that what a pushed project runs cannot read the server's secrets there.
/// </summary>
internal static class CleanEnvironment
{
    private static readonly string[] s_names =
    [
        "PATH",
        "HOME",
        "USER",
        "LANG",
        "LC_ALL",
        "TZ",
        "TMPDIR",
        "TMP",
        "TEMP",
        "DOTNET_ROOT",
        "DOTNET_CLI_HOME",
        "NUGET_PACKAGES",
        "NUGET_HTTP_CACHE_PATH",
        "NUGET_CERT_REVOCATION_MODE",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "USERPROFILE",
        "APPDATA",
        "LOCALAPPDATA",
        "PROGRAMFILES",
        "PROGRAMDATA",
        "SYSTEMROOT",
        "SYSTEMDRIVE",
        "COMSPEC",
        "PATHEXT",
    ];

    /// <summary>The allowed part of this process's environment, with some added.</summary>
    public static Dictionary<string, string> With(params IEnumerable<(string Name, string Value)> added)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            var name = (string)entry.Key;
            if (s_names.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                environment[name] = (string?)entry.Value ?? "";
            }
        }

        foreach (var (name, value) in added)
        {
            environment[name] = value;
        }

        return environment;
    }
}
