namespace Rondo.Tracking.Models;

/// <summary>Whether the files of a logged model are there; the numbers are those of the protocol.</summary>
internal enum LoggedModelStatus
{
    Pending = 1,
    Ready = 2,
    UploadFailed = 3,
}

/// <summary>How statuses are written.</summary>
internal static class LoggedModelStatusNames
{
    private const string Prefix = "LOGGED_MODEL_";

    /// <summary>The name on the wire and in the table.</summary>
    public static string Of(LoggedModelStatus status) =>
        status switch
        {
            LoggedModelStatus.Pending => Prefix + "PENDING",
            LoggedModelStatus.Ready => Prefix + "READY",
            _ => Prefix + "UPLOAD_FAILED",
        };

    /// <summary>The whole name of what a filter says for short: READY, PENDING, UPLOAD_FAILED or FAILED.</summary>
    public static string Whole(string name) =>
        name switch
        {
            "PENDING" or "READY" or "UPLOAD_FAILED" => Prefix + name,
            "FAILED" => Prefix + "UPLOAD_FAILED",
            _ => name,
        };
}
