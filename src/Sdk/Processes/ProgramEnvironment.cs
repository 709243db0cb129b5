using System.Collections;

namespace Rondo.Sdk.Processes;

/// <summary>
/// What a program that is not ours may see of this process's environment: where to find programs, packages, accelerators and the way out.
/// Nothing else is passed on, so that what a project runs cannot read a server's secrets there.
/// </summary>
internal static class ProgramEnvironment
{
    private static readonly string[] Names =
    [
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "LANG",
        "TZ",
        "TMPDIR",
        "TMP",
        "TEMP",
        "VIRTUAL_ENV",
        "LD_LIBRARY_PATH",
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
        ControlGroups.Switch,
    ];

    private static readonly string[] Beginnings =
    [
        "LC_",
        "DOTNET_",
        "PYTHON",
        "CONDA_",
        "CUDA_",
        "NVIDIA_",
        "HIP_",
        "ROCR_",
        "OMP_",
        "MKL_",
        "OPENBLAS_",
    ];

    /// <summary>The allowed part of this process's environment, with some names allowed besides.</summary>
    public static Dictionary<string, string> Allowed(params IReadOnlyList<string> others)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            var name = (string)entry.Key;
            if (IsAllowed(name) || others.Contains(name, StringComparer.Ordinal))
            {
                environment[name] = (string?)entry.Value ?? "";
            }
        }
        return environment;
    }

    /// <summary>The allowed part of this process's environment, with some variables set.</summary>
    public static Dictionary<string, string> With(params IEnumerable<(string Name, string Value)> set)
    {
        var environment = Allowed();
        foreach (var (name, value) in set)
        {
            environment[name] = value;
        }
        return environment;
    }

    /// <summary>The environment of this process: for programs of its own user.</summary>
    public static Dictionary<string, string> Whole()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            environment[(string)entry.Key] = (string?)entry.Value ?? "";
        }
        return environment;
    }

    private static bool IsAllowed(string name) =>
        Names.Contains(name, StringComparer.OrdinalIgnoreCase)
        || Beginnings.Any(beginning => name.StartsWith(beginning, StringComparison.OrdinalIgnoreCase));
}
