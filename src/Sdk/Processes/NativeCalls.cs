using System.Runtime.InteropServices;

namespace Rondo.Sdk.Processes;

/// <summary>The calls of the Linux C library that the class library has no words for.</summary>
internal static class NativeCalls
{
    public const int Kill = 9;

    private const int SetChildSubreaper = 36;
    private const int LimitOfCore = 4;
    private const int LimitOfProcesses = 6;
    private const int AnyChild = 0;
    private const int NoHang = 1;
    private const int Exited = 4;
    private const int NoWait = 0x0100_0000;
    private const int NoChild = 10;
    private const int SignalInfoBytes = 128;

    /// <summary>From now on a process below this one whose parent dies becomes a child of this one, however it was started.</summary>
    public static void AdoptOrphans() => _ = prctl(SetChildSubreaper, 1, 0, 0, 0);

    /// <summary>Whether this process has children, dead ones that nobody has waited for included. One call.</summary>
    public static bool HasChildren()
    {
        var info = Marshal.AllocHGlobal(SignalInfoBytes);
        try
        {
            return waitid(AnyChild, 0, info, NoHang | Exited | NoWait) == 0 || Marshal.GetLastPInvokeError() != NoChild;
        }
        finally
        {
            Marshal.FreeHGlobal(info);
        }
    }

    /// <summary>Sends a signal; false if there is no such process, or it is not ours.</summary>
    public static bool Signal(int process, int signal) => kill(process, signal) == 0;

    /// <summary>Lets go of a dead child.</summary>
    public static void Reap(int process) => _ = waitpid(process, out _, NoHang);

    /// <summary>No memory image is written when it crashes: it would hold secrets and fill the disk.</summary>
    public static void WriteNoCore(int process) => Limit(process, LimitOfCore, 0);

    /// <summary>
    /// A last resort against a program that does nothing but start itself: no more processes of this user than this, as far as it starts
    /// them. The system does not hold an administrator to it.
    /// </summary>
    public static void LimitProcesses(int process, long number) => Limit(process, LimitOfProcesses, (ulong)number);

    private static void Limit(int process, int resource, ulong value)
    {
        var limit = new ResourceLimit { Current = value, Maximum = value };
        _ = prlimit(process, resource, ref limit, IntPtr.Zero);
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int prctl(int option, nuint value, nuint third, nuint fourth, nuint fifth);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int process, int signal);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int waitpid(int process, out int status, int options);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int waitid(int kind, uint id, IntPtr info, int options);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int prlimit(int process, int resource, ref ResourceLimit limit, IntPtr before);

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Current;
        public ulong Maximum;
    }
}
