using System.Diagnostics;

namespace Aspire.Hosting.Orchestration;

/// <summary>What the machine says of processes that the orchestrator started. It knows of an end half a second before the orchestrator reports it.</summary>
internal static class ProcessTable
{
    public static bool IsRunning(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
